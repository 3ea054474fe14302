-- A loop that never ends.
-- ends: cpu
while true do end
