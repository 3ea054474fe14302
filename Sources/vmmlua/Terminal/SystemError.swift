import Foundation

/// Why a call of the system failed, by its number: `ENOSPC`.
struct SystemError: Error, Sendable, Equatable, CustomStringConvertible {
    let number: Int32

    init(_ number: Int32) {
        self.number = number
    }

    /// The number that Foundation carries in one of its errors, if there is one.
    init?(in error: any Error) {
        let error = error as NSError
        if error.domain == NSPOSIXErrorDomain {
            self.init(Int32(error.code))
        } else {
            guard let cause = error.userInfo[NSUnderlyingErrorKey] as? any Error else { return nil }
            self.init(in: cause)
        }
    }

    /// The system's words: `no space left on device`.
    var description: String {
        let words = unsafe strerror(number).map { unsafe String(cString: $0) } ?? "error \(number)"
        return words.prefix(1).lowercased() + words.dropFirst()
    }
}
