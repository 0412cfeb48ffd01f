internal import Foundation

/// Standard input, output and error, which a caller may have closed.
enum StandardDescriptors {
    /// Opens those that are closed on `/dev/null`, so that no file that is opened later gets their numbers, and what is
    /// printed cannot land in it. They are opened for the wrong direction, so using them fails as if they were still closed.
    static func fill() {
        for (number, mode) in [(STDIN_FILENO, O_WRONLY), (STDOUT_FILENO, O_RDONLY), (STDERR_FILENO, O_RDONLY)]
        where fcntl(number, F_GETFD) < 0 {
            // The lowest free number is the one that was closed.
            _ = open("/dev/null", mode)
        }
    }
}
