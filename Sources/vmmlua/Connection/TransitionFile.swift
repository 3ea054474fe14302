import Foundation
import Rehearsal
import VirtualMachines

/// The file in which a machine keeps how long the guests of a NAS took to boot and to shut down.
struct TransitionFile: Sendable {
    private let url: URL

    /// That of a NAS, by the name that it is called.
    init(of nas: String, environment: [String: String]) {
        url = StateFolder.url(environment: environment).appending(path: "durations/\(nas).json")
    }

    /// What is in it; nothing where it can't be read, as plans are made without it too.
    var history: TransitionHistory {
        guard let data = try? Data(contentsOf: url), let document = try? JSONValue(parsing: Array(data)),
            case .object(let guests)? = document["guests"]
        else { return TransitionHistory() }
        var samples: [GuestID: [PowerAction: [Duration]]] = [:]
        for (id, actions) in guests.members {
            guard case .object(let actions) = actions else { continue }
            for (word, durations) in actions.members {
                guard let action = PowerAction(rawValue: word), case .array(let durations) = durations else { continue }
                samples[GuestID(rawValue: id), default: [:]][action] = durations.compactMap(\.seconds)
            }
        }
        return TransitionHistory(samples)
    }

    /// Adds what a run saw.
    ///
    /// Where it can't be written, plans go by what there was: no run fails for that.
    func append(_ later: TransitionHistory) {
        guard !later.samples.isEmpty else { return }
        var history = history
        history.append(later)
        let guests = history.samples.map { guest, actions -> JSONObject.Member in
            let members = actions.map { action, durations -> JSONObject.Member in
                (action.rawValue, .array(durations.map { .number($0.secondsToMilliseconds) }))
            }
            return (guest.rawValue, .object(JSONObject(members.sorted { $0.0 < $1.0 })))
        }
        let document: JSONValue = [
            "format": "vmmlua.durations", "version": 1, "guests": .object(JSONObject(guests.sorted { $0.0 < $1.0 })),
        ]
        try? FileManager.default.createDirectory(
            at: url.deletingLastPathComponent(),
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700]
        )
        // Of two runs that end at the same moment, one's times may be lost: there will be others.
        try? Data(document.text.utf8).write(to: url, options: .atomic)
    }
}

extension JSONValue {
    /// A time that a guest may have taken, from a number of seconds.
    fileprivate var seconds: Duration? {
        let seconds: Double? =
            switch self {
            case .number(let number): number
            case .integer(let number): Double(number)
            default: nil
            }
        return seconds.flatMap { (0...86_400).contains($0) ? .seconds($0) : nil }
    }
}
