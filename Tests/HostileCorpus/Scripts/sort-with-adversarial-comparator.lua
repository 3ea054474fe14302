-- A comparison that decides the order late, so that quicksort takes quadratic time.
-- ends: cpu
while true do
  local keys, list, solid, candidate = {}, {}, 0, 1
  for i = 1, 20000 do list[i] = i end
  table.sort(list, function(a, b)
    if not keys[a] and not keys[b] then
      solid = solid + 1
      keys[a == candidate and a or b] = solid
    end
    candidate = not keys[a] and a or not keys[b] and b or candidate
    return (keys[a] or math.huge) < (keys[b] or math.huge)
  end)
end
