-- Sliding log. KEYS[1]: sorted set, score = microseconds, members unique.
-- ARGV: cost, limit, window in microseconds, life of the key in milliseconds, id.
local key, cost, limit, window = KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])

local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
-- '%.0f' because Lua joins numbers with 14 digits, and microseconds since 1970
-- have 16.
local count = redis.call('ZCOUNT', key, string.format('(%.0f', now - window), '+inf')

if count + cost <= limit then
  redis.call('ZREMRANGEBYSCORE', key, '-inf', now - window)
  local entries = {}
  for i = 1, cost do
    entries[#entries + 1] = now
    entries[#entries + 1] = ARGV[5] .. ':' .. i
    -- unpack fails at about 8,000 values, after earlier calls have written.
    if #entries == 2000 or i == cost then
      redis.call('ZADD', key, unpack(entries))
      entries = {}
    end
  end
  redis.call('PEXPIRE', key, ARGV[4])
  return {1, limit - count - cost, 0, window, now, 0}
end

-- The time until the i-th newest entry no longer counts.
local function left(i)
  local entry = redis.call('ZRANGE', key, -i, -i, 'WITHSCORES')
  return entry[2] + window - now
end

local retry, reset = -1, 0
if cost <= limit then
  retry = left(limit - cost + 1)
end
if count > 0 then
  reset = left(1)
end
return {0, math.max(0, limit - count), retry, reset, now, 0}
