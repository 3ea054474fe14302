-- A reader function never returns.
-- ends: cpu
load(function()
  while true do end
end)
