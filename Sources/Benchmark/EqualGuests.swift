/// A scenario of guests that are alike: `web-1` and so on, all running, on a host with room for all of them.
func scenario(equalGuests count: Int, secondsOfTransition seconds: Int = 20) -> String {
    """
    timings: {boot: \(seconds)s, shutdown: \(seconds)s}
    hosts: [{name: nas-1, vcpus: \(count), memory_mb: \(count * 1024)}]
    guests:
    \((1...count).map { "- {name: web-\($0), vcpus: 1, memory_mb: 1024}" }.joined(separator: "\n"))
    """
}
