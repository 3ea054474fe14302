-- A chunk of tens of thousands of different constants is compiled over and over.
-- ends: cpu
local parts = {}
for i = 1, 20000 do parts[i] = "x='" .. i .. "'" end
local source = table.concat(parts, " ")
while true do
  load(source)
end
