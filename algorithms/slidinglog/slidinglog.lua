-- Sliding log. KEYS[1]: sorted set, score = microseconds, members unique.
-- ARGV: limit, window in milliseconds, id, cost (1 if absent), probe (off if absent).
-- Answer: the remaining cost r if admitted, else -1 - r; the microseconds until the
-- same cost is admitted, -1 for never, and until the log is empty.
local key, limit, window, cost = KEYS[1], tonumber(ARGV[1]), ARGV[2] * 1000, tonumber(ARGV[4] or 1)

local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
-- '%.0f' because Lua joins numbers with 14 digits, and microseconds since 1970
-- have 16.
local count = redis.call('ZCOUNT', key, string.format('(%.0f', now - window), '+inf')

-- The time until the i-th newest entry no longer counts.
local function left(i)
  local entry = redis.call('ZRANGE', key, -i, -i, 'WITHSCORES')
  return entry[2] + window - now
end

local remaining, retry, reset = limit - count - cost, 0, window
if remaining >= 0 then
  redis.call('ZREMRANGEBYSCORE', key, '-inf', now - window)
  local entries = {}
  for i = 1, cost do
    entries[#entries + 1] = now
    entries[#entries + 1] = ARGV[3] .. ':' .. i
    -- unpack fails at about 8,000 values, after earlier calls have written.
    if #entries == 2000 or i == cost then
      redis.call('ZADD', key, unpack(entries))
      entries = {}
    end
  end
  -- One more millisecond than the window: the server adds it to its clock rounded
  -- down.
  redis.call('PEXPIRE', key, ARGV[2] + 1)
else
  remaining, retry, reset = -1 - math.max(0, limit - count), -1, 0
  if cost <= limit then
    retry = left(limit - cost + 1)
  end
  if count > 0 then
    reset = left(1)
  end
end
if ARGV[5] then
  return {remaining, retry, reset, now, 0}
end
return {remaining, retry, reset}
