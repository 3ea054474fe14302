import Foundation
import Rehearsal
import VirtualMachines

/// The file in which a machine keeps how long the guests of a NAS took to boot and to shut down.
///
/// Plans are made without it too, and no run fails for it: what can't be read counts as nothing, and stays as it is.
struct TransitionFile: Sendable {
    private static let format: JSONValue = "vmmlua.durations"
    private static let version: JSONValue = 1

    private let url: URL

    /// That of a NAS, by the name that it is called.
    init(of nas: String, environment: [String: String]) {
        url = StateFolder.url(environment: environment).appending(path: "durations/\(nas).json")
    }

    /// What is in it: nothing where there is no file, nil for one that is none of this program's.
    var history: TransitionHistory? {
        guard FileManager.default.fileExists(atPath: url.path) else { return TransitionHistory() }
        guard let data = try? Data(contentsOf: url), let document = try? JSONValue(parsing: Array(data)),
            document["format"] == Self.format, document["version"] == Self.version,
            case .object(let guests)? = document["guests"]
        else { return nil }
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
    func append(_ later: TransitionHistory) {
        guard !later.samples.isEmpty, var history else { return }
        history.append(later)
        let guests = history.samples.map { guest, actions -> JSONObject.Member in
            let members = actions.map { action, durations -> JSONObject.Member in
                (action.rawValue, .array(durations.map { .number($0.secondsToMilliseconds) }))
            }
            return (guest.rawValue, .object(JSONObject(members.sorted { $0.key < $1.key })))
        }
        let document: JSONValue = [
            "format": Self.format, "version": Self.version,
            "guests": .object(JSONObject(guests.sorted { $0.key < $1.key })),
        ]
        try? StateFolder.make(url.deletingLastPathComponent())
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
