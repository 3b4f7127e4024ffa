-- Token bucket. KEYS[1]: hash of level, in credits, at an instant.
-- ARGV: limit, window in milliseconds, burst, cost (1 if absent), probe (off if
-- absent). A token is window credits, with the window in microseconds, and a
-- microsecond brings limit of them. All sums stay below 2^53, where doubles are
-- exact integers, and Redis writes the arguments of a call with all their digits.
-- Answer: the debt d, the credits that are missing, if admitted, else -1 - d.
local limit, window = tonumber(ARGV[1]), ARGV[2] * 1000
local cost, capacity = (ARGV[4] or 1) * window, ARGV[3] * window

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

local answer
if cost > level then
  answer = -1 - (capacity - level)
else
  level = level - cost
  answer = capacity - level
  redis.call('HSET', KEYS[1], 'level', level, 'at', at)
  -- PEXPIRE wants a whole number; its error would come after HSET has written.
  redis.call('PEXPIRE', KEYS[1], math.ceil(answer / limit / 1000) + 1)
end
if ARGV[5] then
  return {answer, now, 0}
end
return answer
