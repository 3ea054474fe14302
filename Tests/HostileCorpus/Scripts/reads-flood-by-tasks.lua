-- Nineteen thousand tasks ask for a list each, which the host would hold for them.
-- ends: memory operations coroutines
for i = 1, 19000 do async.spawn(vmm.list) end
async.sleep(60)
