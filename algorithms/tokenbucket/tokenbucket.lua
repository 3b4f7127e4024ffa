-- Token bucket. KEYS[1]: hash of level, in credits, at an instant.
-- ARGV: cost, limit, window in microseconds, capacity = burst * window.
-- A token is window credits, a microsecond brings limit of them. All sums stay
-- below 2^53, where doubles are exact integers, and Redis writes the arguments of
-- a call with all their digits.
local cost, limit, window, capacity = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])

local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]

local hash = redis.call('HMGET', KEYS[1], 'level', 'at')
local level, at = capacity, now
if hash[1] then
  level, at = math.min(capacity, tonumber(hash[1])), tonumber(hash[2])
  if now > at then
    -- The time is capped before it is multiplied: a full bucket gets no fuller,
    -- and the product stays exact.
    local elapsed = math.min(now - at, math.ceil((capacity - level) / limit))
    level, at = math.min(capacity, level + elapsed * limit), now
  end
end

local allowed, retry = 0, 0
if cost * window > capacity then
  retry = -1
elseif cost * window > level then
  retry = math.ceil((cost * window - level) / limit)
else
  allowed = 1
  level = level - cost * window
  redis.call('HSET', KEYS[1], 'level', level, 'at', at)
  -- PEXPIRE wants a whole number; its error would come after HSET has written.
  redis.call('PEXPIRE', KEYS[1], math.ceil((capacity - level) / limit / 1000) + 1)
end
return {allowed, math.floor(level / window), retry, math.ceil((capacity - level) / limit), now, 0}
