-- Handles of tasks and tables with the same number must not stand for one another in a traversal.
-- ends: done
local keys, count = {}, 0
for i = 1, 50 do
  keys[{}] = i
  keys[async.spawn(function() end)] = i
end
local by_pairs, by_next = {}, {}
for key in pairs(keys) do by_pairs[#by_pairs + 1] = key end
local key = next(keys)
while key ~= nil do
  by_next[#by_next + 1] = key
  key = next(keys, key)
end
assert(#by_pairs == 100 and #by_next == 100)
for i = 1, 100 do assert(by_pairs[i] == by_next[i]) end
return true
