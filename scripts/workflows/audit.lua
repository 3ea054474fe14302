-- Reports all guests, and what looks wrong with them.
--
--   vmmlua run audit
--   vmmlua run audit csv > guests.csv
--   vmmlua run audit strict=true        # exit code 1 if anything looks wrong
--
-- Looked for are guests that run with autorun off, so that they stay down when the NAS comes up again; guests that are
-- off with autorun on; guests that crashed or are inaccessible; and guests without a tag in their description.

local a = script.args {
  { "format", default = "table", help = "table, csv or json" },
  { "strict", type = "boolean", default = false, help = "fail if anything looks wrong" },
}

-- The documented dialect tells no descriptions, so no tags either, and has other numbers for autorun.
local function autorun_of(g)
  local words = g.description and { [0] = "off", "last state", "on" } or { [0] = "off", "on" }
  return words[g.autorun] or "-"
end

local function findings_of(g)
  local found, autorun = {}, autorun_of(g)
  if g.status == "crashed" or g.status == "inaccessible" then table.insert(found, g.status) end
  if g.status == "running" and autorun == "off" then table.insert(found, "runs with autorun off") end
  if g.status == "stopped" and autorun == "on" then table.insert(found, "is off with autorun on") end
  if g.description and #g.tags == 0 then table.insert(found, "has no tag") end
  return found
end

-- "4 GB" for 4294967296
local function size(bytes)
  return bytes and (("%.1f GB"):format(bytes / 2 ^ 30):gsub("%.0 ", " ")) or "-"
end

local function or_dash(text) return text and text ~= "" and text or "-" end

-- Each writes the report; findings holds those of each guest.
local write = {}

function write.table(guests, findings)
  local rows = {}
  for i, g in ipairs(guests) do
    rows[i] = {
      g.guest_name, g.status, autorun_of(g), g.vcpu_num or "-", size(g.vram_size and g.vram_size * 2 ^ 20), size(g.storage_size),
      or_dash(g.host_name), or_dash(table.concat(g.tags, " ")),
    }
  end
  print.table(rows, {
    "NAME", "STATUS", "AUTORUN", "CPUS", { "MEMORY", align = "right" }, { "STORAGE", align = "right" }, "HOST", "TAGS",
  })
  local named, order = {}, {} -- the names of the guests by finding, and the findings
  for i, g in ipairs(guests) do
    for _, finding in ipairs(findings[i]) do
      if not named[finding] then
        named[finding] = {}
        table.insert(order, finding)
      end
      table.insert(named[finding], g.guest_name)
    end
  end
  if #order > 0 then print() end
  for _, finding in ipairs(order) do print(finding .. ": " .. table.concat(named[finding], ", ")) end
end

function write.csv(guests, findings)
  local function line(...)
    local cells = { ... }
    for i, cell in ipairs(cells) do
      cell = tostring(cell)
      cells[i] = cell:find('[",\r\n]') and '"' .. cell:gsub('"', '""') .. '"' or cell
    end
    print(table.concat(cells, ","))
  end
  line("guest_id", "guest_name", "status", "autorun", "vcpu_num", "vram_size", "storage_size", "host_name", "tags",
    "findings")
  for i, g in ipairs(guests) do
    line(g.guest_id, g.guest_name, g.status, autorun_of(g), g.vcpu_num or "", g.vram_size or "", g.storage_size or "",
      g.host_name or "", table.concat(g.tags, " "), table.concat(findings[i], "; "))
  end
end

function write.json(guests, findings)
  local reports = {}
  for i, g in ipairs(guests) do
    local report = { findings = findings[i] }
    for field, value in pairs(g) do report[field] = value end
    reports[i] = report
  end
  print(json.encode(reports))
end

if not write[a.format] then error(("format must be table, csv or json, not '%s'"):format(a.format), 0) end

local guests = vmm.list()
local findings, count = {}, 0
for i, g in ipairs(guests) do
  findings[i] = findings_of(g)
  count = count + #findings[i]
end
write[a.format](guests, findings)
if a.strict and count > 0 then error(("%d findings"):format(count), 0) end
