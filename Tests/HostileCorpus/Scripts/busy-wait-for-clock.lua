-- A script waits for the run's clock, which moves only when a task resumes.
-- ends: cpu
local deadline = os.clock() + 1
while os.clock() < deadline do end
