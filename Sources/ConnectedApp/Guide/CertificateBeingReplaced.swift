/// A warning: a rotation under way replaces this certificate in the app, so its upload would undo the rotation.
package struct CertificateBeingReplaced: Sendable, Equatable {
    /// The connection's name.
    let alias: String

    /// The warning, with the certificate that is to be uploaded instead.
    ///
    /// - Parameter reader: Who reads it.
    package func sentence(for reader: GuideMedium) -> String {
        let instead =
            switch reader {
            case .commandLine: "Upload the one that `aprity certificate download \(alias) --next` writes instead."
            case .settingsPage: "Upload the one on this connection's rotation page instead."
            }
        return "A certificate rotation is under way that replaces this certificate: uploading it undoes the rotation. "
            + instead
    }
}
