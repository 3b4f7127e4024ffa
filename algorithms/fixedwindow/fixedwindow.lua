-- Fixed window. KEYS[1]: counter whose time to live is the window.
-- ARGV: limit, window in milliseconds, cost (1 if absent), probe (off if absent).
-- Answer: the count that the cost makes, which is above the limit exactly if it is
-- denied; the time left as PTTL says it. Denied costs of 1 are counted too, beyond the
-- limit, where they decide nothing; should the limit be raised meanwhile, they go on
-- denying until the window ends.
-- Globals are looked up once, a text becomes a number by arithmetic instead of a call,
-- and is passed on as the text that it came as: all three show in what a decision
-- costs the server.
local key, argv, call = KEYS[1], ARGV, redis.call
local limit, cost = argv[1] + 0, 1
if argv[3] then
  cost = argv[3] + 0
end

local count
if cost > limit then
  count = (call('GET', key) or 0) + cost
else
  count = call('INCRBY', key, argv[3] or '1')
  if count == cost then
    call('PEXPIRE', key, argv[2])
  elseif count > limit and cost > 1 then
    -- A denied cost is given back: it must not use up room for a smaller one. There is
    -- none for a cost of 1, and a flood of those costs one write each, not two.
    call('DECRBY', key, argv[3])
  end
end
local left = call('PTTL', key)
if not argv[4] then
  return {count, left}
end

-- Expiry stands still while a script runs, TIME does not: the last microsecond at
-- which this decision can have been made is that of the millisecond in which the
-- window was opened, or of the key's life.
local deadline = call('PEXPIRETIME', key)
local time = call('TIME')
local now = time[1] * 1000000 + time[2]
if count == cost and count <= limit then
  now = math.min(now, (deadline - argv[2]) * 1000 + 999)
elseif deadline >= 0 then
  now = math.min(now, deadline * 1000 + 999)
end
return {count, left, now, math.max(0, deadline) * 1000}
