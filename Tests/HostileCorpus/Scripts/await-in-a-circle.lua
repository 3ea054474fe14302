-- Three tasks await each other in a circle.
-- ends: error
local handles = {}
for i = 1, 3 do
  handles[i] = async.spawn(function() return handles[i % 3 + 1]:await() end)
end
return handles[1]:await()
