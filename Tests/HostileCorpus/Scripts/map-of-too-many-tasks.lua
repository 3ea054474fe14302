-- async.map with a huge limit starts a task for each of 5,000 elements.
-- ends: coroutines
local list = {}
for i = 1, 5000 do list[i] = i end
async.map(list, { limit = math.maxinteger }, function() async.sleep("1h") end)
