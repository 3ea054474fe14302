-- Seeding without arguments must take nothing from clock or memory: runs of one seed print the same.
-- ends: done
print(math.random(0), math.random(0))
local numbers = table.pack(math.randomseed())
for _, number in ipairs(numbers) do
  assert(number < 0x5500 << 32 or number > 0x7fff << 32, "an address")
end
print(math.random(0), math.random(0), table.unpack(numbers))
return true
