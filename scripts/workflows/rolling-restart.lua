-- Restarts running guests, a few at a time.
--
--   vmmlua run rolling-restart 'web-*' batch=2
--
-- Each guest is asked to shut down, waited for, started again and waited for. Guests that aren't running stay as they
-- are. At the first failure no further guest is begun, but those under way are seen to their end, so that none stays
-- down for the sake of another. The script then says what was restarted, what failed and what wasn't touched, and fails.

local args = script.args {
  { "name", default = "web-*", help = "which guests: a name, or a pattern such as web-*" },
  { "batch", type = "integer", default = 1, help = "how many at a time" },
  { "timeout", type = "duration", default = "10m", help = "how long a guest may take to stop, and to start" },
}
if args.batch < 1 then error("batch must be at least 1, not " .. args.batch, 0) end

-- Which guests?

local guests = vmm.list { name = args.name, status = "running" }
if #guests == 0 then
  local down = vmm.list { name = args.name }
  if #down > 0 then error(("none of %s is running"):format(down), 0) end
  local running = vmm.list { status = "running" }
  local those = #running > 0 and ("running are %s"):format(running) or "no guest is running"
  error(("no guest is called '%s'; %s"):format(args.name, those), 0)
end

-- Restart them.

local function restart(guest)
  vmm.wait_task(vmm.shutdown(guest), { timeout = args.timeout })
  vmm.wait_task(vmm.power_on(guest), { timeout = args.timeout })
end

local restarted, failed, untouched = {}, {}, {}

async.map(guests, { limit = args.batch }, function(guest)
  local name = guest.guest_name
  if #failed > 0 then
    table.insert(untouched, name)
    return
  end
  local ok, problem = pcall(restart, guest)
  if ok then
    table.insert(restarted, name)
  else
    table.insert(failed, name)
    log.error(name .. " was not restarted: " .. tostring(problem))
  end
end)

-- Say what became of them.

local function say(what, names)
  if #names > 0 then print(what .. table.concat(names, ", ")) end
end

say("restarted:    ", restarted)
say("failed:       ", failed)
say("not touched:  ", untouched)

if #failed > 0 then error(("%d of %d guests were restarted"):format(#restarted, #guests), 0) end
