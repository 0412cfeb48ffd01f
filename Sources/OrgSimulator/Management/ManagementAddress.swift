/// The address of the management port, for texts that refer to it.
struct ManagementAddress: Sendable {
    /// Such as `http://127.0.0.1:7413`; `nil` before the port listens.
    var url: String?

    /// The URL for a sentence, or `the management port` before it listens.
    var text: String { url ?? "the management port" }

    /// The URL of a path for a sentence, such as `http://127.0.0.1:7413/mail`.
    ///
    /// - Parameter path: Begins with a slash.
    func text(of path: String) -> String { url.map { $0 + path } ?? "\(path) of the management port" }

    /// The same as a link, once the port listens.
    func link(to path: String) -> HTML {
        url.map { .linkInNewTab($0 + path, to: $0 + path) } ?? .element("code", HTML(text(of: path)))
    }
}
