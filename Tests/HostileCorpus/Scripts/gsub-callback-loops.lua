-- The callback of gsub never returns.
-- ends: cpu
return (("x"):gsub("x", function()
  while true do end
end))
