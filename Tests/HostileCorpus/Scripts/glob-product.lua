-- A made-up guest with a giant name, and a pattern that almost matches it at each position.
-- ends: error
local giant = { guest_id = "giant", guest_name = ("a"):rep(100000) }
local all = vmm.list():union({ giant })
while true do
  all:where { name = "*" .. ("a"):rep(50000) .. "b" }
end
