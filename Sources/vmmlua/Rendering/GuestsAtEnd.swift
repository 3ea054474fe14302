import VMMScripting
import VirtualMachines

/// What a run says at its end of the guests that it has touched: what it changed, how it leaves them, and what finishes it.
struct GuestsAtEnd {
    let guests: [TouchedGuest]
    /// How the run was started; nil where nothing outlives it.
    let command: ScriptCommand?

    /// The lines of a run that failed, or that was ended.
    var lines: [String] {
        var lines: [String] = []
        add("changed before that", guests.filter { $0.isDone && !$0.isOff }, to: &lines) { [$0.action] + $0.settings }
        add("left midway", guests.filter { !$0.isDone }, to: &lines) { guest in
            [guest.action] + guest.settings + (guest.isOff ? ["off now, and ran before"] : [])
        }
        add("off now, and ran before", guests.filter { $0.isDone && $0.isOff }, to: &lines, \.settings)
        if let finishingLine { lines.append("vmmlua: to finish: " + finishingLine.escapingControls) }
        return lines
    }

    /// The command line that finishes what the run began; nil where there is none.
    var finishingLine: String? {
        guard let code = finishingCode, let command else { return nil }
        return ScriptCommand(program: "vmmlua eval", options: command.options).line(running: code)
    }

    private func add(
        _ what: String,
        _ guests: [TouchedGuest],
        to lines: inout [String],
        _ words: (TouchedGuest) -> [String]
    ) {
        guard !guests.isEmpty else { return }
        let names = guests.map { guest in
            let words = words(guest).map(\.escapingControls).joined(separator: "; ")
            return guest.name.escapingControls + (words.isEmpty ? "" : " (\(words))")
        }
        lines.append("vmmlua: \(what): \(names.joined(separator: ", "))")
    }

    /// Lua that takes the guests where the run was taking them, and starts those that are off and were not to be.
    ///
    /// Nil if no guest has a known goal.
    private var finishingCode: String? {
        let goals = guests.map { guest -> GuestStatus? in
            if guest.isDone { return guest.isOff && guest.goal != .stopped ? .running : nil }
            return guest.goal
        }
        let calls = [("flow.start", GuestStatus.running), ("flow.stop", .stopped)]
            .compactMap { function, goal -> String? in
                let names = zip(guests, goals).filter { $0.1 == goal }
                    .map { ($0.0.id?.rawValue ?? $0.0.name).asLuaString }
                switch names.count {
                case 0: return nil
                case 1: return "\(function)(\(names[0]))"
                default: return "async.map({ \(names.joined(separator: ", ")) }, \(function))"
                }
            }
        return calls.isEmpty ? nil : calls.joined(separator: " ")
    }
}

extension String {
    /// The text as a string in Lua's source, whatever it holds.
    fileprivate var asLuaString: String {
        let escaped = unicodeScalars.reduce(into: "") { text, scalar in
            switch scalar {
            case "\"", "\\": text += "\\\(scalar)"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F: text += "\\u{\(String(scalar.value, radix: 16))}"
            default: text.unicodeScalars.append(scalar)
            }
        }
        return "\"\(escaped)\""
    }
}
