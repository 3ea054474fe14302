-- A chain of thousands of `and`: the parser walks the list of jumps anew for each.
-- ends: cpu
local source = "local a return a" .. (" and a"):rep(40000)
while true do
  load(source)
end
