-- An array holds one string a thousand times and becomes text.
-- ends: memory
local text, list = ("x"):rep(100000), {}
for i = 1, 1000 do list[i] = text end
return #table.concat(list)
