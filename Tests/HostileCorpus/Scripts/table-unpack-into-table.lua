-- Half a million results are unpacked and packed again, a few times.
-- ends: memory
local kept = {}
for i = 1, 20 do
  kept[i] = table.pack(table.unpack({}, 1, 500000))
end
