-- Restarts running guests, a few at a time.
--
--   vmmlua run rolling-restart 'web-*' batch=2
--   vmmlua run rolling-restart 'web-*' batch=25% pause=30s health=http://{name}/ok --allow net
--   vmmlua run rolling-restart 'db-*' health={name}:5432 --allow net:10.0.0.0/8:5432
--
-- Each guest is asked to shut down, waited for, started again and waited for; with `health`, it must answer too before
-- the next batch begins. Guests that aren't running stay as they are. After a failure no further guest is begun, but
-- those under way are seen to their end, so that none stays down for the sake of another; then the script fails.
--
-- needs: net (with health)

local a = script.args {
  { "name", default = "web-*", help = "which guests: a name, or a pattern such as web-*" },
  { "batch", type = "share", default = 1, help = "how many at a time: a number, or a percentage such as 25%" },
  { "timeout", type = "duration", default = "10m", help = "how long a guest may take to stop, to start, to answer" },
  { "pause", type = "duration", default = "0s", help = "how long to wait between batches" },
  { "health", default = "", help = "what must answer: a URL such as http://{name}/ok, or {name}:5432" },
}

-- Which guests?

local guests = vmm.list { name = a.name, status = "running" }
if #guests == 0 then
  local down = vmm.list { name = a.name }
  if #down > 0 then error(("none of %s is running"):format(down), 0) end
  local running = vmm.list { status = "running" }
  local those = #running > 0 and ("running are %s"):format(running) or "no guest is running"
  error(("no guest is called '%s'; %s"):format(a.name, those), 0)
end

local function health(guest)
  local target = a.health:gsub("{name}", { ["{name}"] = guest.guest_name })
  local host, port = target:match("^([^/]+):(%d+)$")
  if host then return probe.tcp(host, tonumber(port)) end
  return probe.http(target)
end

-- Asked once beforehand, so that a probe that isn't allowed, or a URL that is none, is told before a guest is touched.
-- What it answers doesn't matter yet: a guest that is ill may be why it is to be restarted.
if a.health ~= "" then async.map(guests, health) end

-- Restart them.

local restarted = {}

flow.defer(function() -- said however it ends
  table.sort(restarted)
  if #restarted > 0 then print("restarted:    " .. table.concat(restarted, ", ")) end
end)

flow.rolling(guests, {
  batch = a.batch,
  pause = a.pause,
  health = a.health ~= "" and health or nil,
  health_timeout = a.timeout,
}, function(guest)
  local change = flow.restart(guest, { timeout = a.timeout, start_timeout = a.timeout })
  if change.changed then table.insert(restarted, guest.guest_name) end
end)
