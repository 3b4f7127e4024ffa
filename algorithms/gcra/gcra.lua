-- GCRA. KEYS[1]: the TAT, "<us>", or "<us> <r>" for us + r/limit microseconds.
-- ARGV: limit, window in milliseconds, burst, cost (1 if absent), probe (off if
-- absent). All sums stay below 2^53, where doubles are exact integers, and Redis
-- writes the arguments of a call with all their digits.
-- Answer: the debt d in credits if admitted, else -1 - d.
-- Globals are looked up once: that shows in what a decision costs the server.
local key, argv, call = KEYS[1], ARGV, redis.call
local limit, window = tonumber(argv[1]), argv[2] * 1000
local cost, capacity = window, argv[3] * window
if argv[4] then
  cost = argv[4] * window
end

local time = call('TIME')
local now = time[1] * 1000000 + time[2]

local debt = 0
local tat = call('GET', key)
if tat then
  local us, r = tonumber(tat), 0
  if not us then
    us, r = string.match(tat, '^(%d+) (%d+)$')
  end
  debt = (us - now) * limit + r
  if debt < 0 then
    debt = 0
  end
end

local answer
if debt + cost > capacity then
  -- A TAT that is years ahead was written before the clock was set back: it must
  -- deny, not overflow.
  answer = -1 - math.min(debt, 2^53 - 1)
else
  debt = debt + cost
  answer = debt
  local r = debt % limit
  tat = now + (debt - r) / limit
  if r > 0 then
    tat = string.format('%.0f %.0f', tat, r)
  end
  -- PX must be whole, or SET fails.
  call('SET', key, tat, 'PX', math.ceil(debt / limit / 1000) + 1)
end
if argv[5] then
  return {answer, now, 0}
end
return answer
