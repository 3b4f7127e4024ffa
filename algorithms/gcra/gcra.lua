-- GCRA. KEYS[1]: the TAT, "<us> <r>" for us + r/limit microseconds.
-- ARGV: cost, limit, window in microseconds, capacity = burst * window.
-- All sums stay below 2^53, where doubles are exact integers.
local cost, limit, window, capacity = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])

local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]

local debt = 0
local tat = redis.call('GET', KEYS[1])
if tat then
  local us, r = string.match(tat, '^(%d+) (%d+)$')
  debt = math.max(0, (us - now) * limit + r)
end

local allowed, retry = 0, 0
if cost * window > capacity then
  retry = -1
elseif debt + cost * window > capacity then
  retry = math.ceil((debt + cost * window - capacity) / limit)
else
  allowed = 1
  debt = debt + cost * window
  local r = debt % limit
  -- '%.0f' because Lua joins numbers with 14 digits, and microseconds since 1970
  -- have 16. PX must be whole, or SET fails.
  redis.call('SET', KEYS[1], string.format('%.0f %.0f', now + (debt - r) / limit, r),
    'PX', math.ceil(debt / limit / 1000) + 1)
end
return {allowed, math.max(0, math.floor((capacity - debt) / window)), retry, math.ceil(debt / limit), now, 0}
