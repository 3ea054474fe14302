-- A name pattern of a hundred thousand stars, against all guests.
-- ends: error
local all = vmm.list()
while true do
  all:where { name = ("*a"):rep(100000) }
end
