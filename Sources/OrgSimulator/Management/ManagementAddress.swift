/// The address of the management port, for texts that refer to it.
struct ManagementAddress: Sendable {
    /// `nil` while the port does not listen.
    var url: String?

    /// For a sentence: `http://127.0.0.1:7413`.
    var text: String { url ?? "the management port" }

    /// For a sentence: `http://127.0.0.1:7413/mail`.
    func text(of path: String) -> String { url.map { $0 + path } ?? "\(path) of the management port" }

    /// The same as a link, once the port listens.
    func link(to path: String) -> HTML {
        url.map { .linkInNewTab($0 + path, to: $0 + path) } ?? .element("code", HTML(text(of: path)))
    }
}
