-- Reads without end.
-- ends: operations
while true do
  vmm.list()
end
