-- Fixed window. KEYS[1]: counter whose time to live is the window.
-- ARGV: cost, limit, window in milliseconds.
local cost, limit, window = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])

local value = redis.call('GET', KEYS[1])
local count = tonumber(value or 0)
local allowed = count + cost <= limit

local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]

if not value and not allowed then
  return {0, limit, -1, 0, now, 0}
end

local deadline
if not value then
  deadline = math.floor(now / 1000) + window
  redis.call('SET', KEYS[1], ARGV[1], 'PXAT', deadline)
else
  deadline = redis.call('PEXPIRETIME', KEYS[1])
  if allowed then
    redis.call('INCRBY', KEYS[1], ARGV[1])
  end
  -- Expiry stands still while a script runs, TIME does not: the key that GET saw
  -- has a last microsecond, and that is when this decision was made at the latest.
  now = math.min(now, deadline * 1000 + 999)
end

local left = (deadline + 1) * 1000 - now
if allowed then
  return {1, limit - count - cost, 0, left, now, deadline * 1000}
end
local retry = left
if cost > limit then
  retry = -1
end
return {0, math.max(0, limit - count), retry, left, now, deadline * 1000}
