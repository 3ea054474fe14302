import Synchronization

/// The sessions that are logged in, and the devices that need no second factor.
final class SessionTable: Sendable {
    /// What a login hands out.
    struct Session: Sendable, Equatable {
        let sid: String
        let synoToken: String?
    }

    private let sessions = Mutex<[String: Session]>([:])
    private let devices = Mutex<Set<String>>([])

    /// How many are logged in.
    var count: Int { sessions.withLock { $0.count } }

    func open(withToken: Bool) -> Session {
        let session = Session(sid: randomWord(length: 43), synoToken: withToken ? randomWord(length: 13) : nil)
        sessions.withLock { $0[session.sid] = session }
        return session
    }

    subscript(sid: String) -> Session? {
        sessions.withLock { $0[sid] }
    }

    func close(_ sid: String) {
        sessions.withLock { $0[sid] = nil }
    }

    /// Ends all sessions; devices stay trusted.
    func closeAll() {
        sessions.withLock { $0.removeAll() }
    }

    /// Names a device, which from now on needs no second factor if it is trusted.
    func addDevice(isTrusted: Bool) -> String {
        let device = randomWord(length: 64)
        if isTrusted { devices.withLock { _ = $0.insert(device) } }
        return device
    }

    func trusts(device: String?) -> Bool {
        guard let device else { return false }
        return devices.withLock { $0.contains(device) }
    }
}

/// A word that nobody can guess, of letters and digits that people can tell apart.
func randomWord(length: Int) -> String {
    let alphabet = Array("abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789")
    return String((0..<length).map { _ in alphabet[Int.random(in: alphabet.indices)] })
}
