-- The end of every numbered script: limiter is the original as a function, and the last
-- of KEYS the counter, which the original must not see.
-- Answer: the original's integers, then node and number of this run.
local counter = table.remove(KEYS)
local answer = limiter()
if type(answer) == 'table' and answer.err then
  return answer
end

-- Redis ends an array at its first nil, and so does ipairs. What answers no integers
-- becomes an array that is empty: a misfit before, a misfit now.
local whole = {}
if type(answer) == 'table' then
  for i, value in ipairs(answer) do
    whole[i] = value
  end
elseif type(answer) == 'number' or answer == true then
  whole[1] = answer
end

-- The original has run: nothing may fail from here on, or what it did would be an
-- error. A replica refuses the number, for instance, of a denial that it can answer.
local node, number = 0, 0
local about = redis.pcall('INFO', 'server')
local id = type(about) == 'string' and string.match(about, 'run_id:(%x+)')
if id then
  local count = redis.pcall('INCR', counter)
  if type(count) == 'number' then
    redis.call('PEXPIRE', counter, 600000)
    -- 48 bits, which a double holds exactly.
    node, number = tonumber(string.sub(id, 1, 12), 16), count
  end
end
whole[#whole + 1] = node
whole[#whole + 1] = number
return whole
