internal import Foundation

/// Handles standard input, output and error that the caller has closed.
enum StandardDescriptors {
    /// Opens closed descriptors on `/dev/null`, so that no file opened later gets their numbers and receives what is
    /// printed. They are opened for the wrong direction, so using them fails as if they were still closed. Call it
    /// before the process opens any file.
    static func fill() {
        for (number, mode) in [(STDIN_FILENO, O_WRONLY), (STDOUT_FILENO, O_RDONLY), (STDERR_FILENO, O_RDONLY)]
        where fcntl(number, F_GETFD) < 0 {
            // The lowest free number is the closed one.
            _ = open("/dev/null", mode)
        }
    }
}
