-- A weak table whose entries keep each other alive in a scrambled order: a collection takes quadratic time.
-- ends: cpu
local keys, weak = {}, setmetatable({}, { __mode = "k" })
for i = 1, 40000 do keys[i] = {} end
for i = #keys, 2, -1 do
  local j = math.random(i)
  keys[i], keys[j] = keys[j], keys[i]
end
for i = 1, #keys - 1 do weak[keys[i]] = keys[i + 1] end
local first = keys[1]
keys = nil
while first do
  local garbage = { {}, {}, {} }
end
