-- What objects are called depends on the program alone, so two runs tell them apart by nothing.
-- ends: done
local function names()
  local t, co = {}, coroutine.create(print)
  local function f() end
  return { tostring(t), tostring(co), tostring(f) }
end

local first, second = names(), names()
for i = 1, 3 do
  assert(first[i] ~= second[i], first[i])
  assert(first[i]:gsub("%d+", "") == second[i]:gsub("%d+", ""))
  assert(#first[i] < 40)
end
print(table.concat(first, " "))
return true
