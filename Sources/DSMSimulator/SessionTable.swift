import Synchronization

/// The sessions that are logged in.
final class SessionTable: Sendable {
    /// What a login hands out.
    struct Session: Sendable, Equatable {
        let sid: String
        let synoToken: String?
    }

    private let sessions = Mutex<[String: Session]>([:])

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

    func closeAll() {
        sessions.withLock { $0.removeAll() }
    }
}

/// A word that nobody can guess, of letters and digits that people can tell apart.
func randomWord(length: Int) -> String {
    let alphabet = Array("abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789")
    return String((0..<length).map { _ in alphabet[Int.random(in: alphabet.indices)] })
}
