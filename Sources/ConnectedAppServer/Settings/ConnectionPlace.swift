/// Where a page of a connection is, and the token of the page's forms. The property names are tags of the pages' templates.
struct ConnectionPlace {
    let alias: String
    /// The path of the connection's own page.
    let connectionPath: String
    /// The path of the page, to which it sends its forms.
    let path: String
    let formToken: String

    /// - Parameter page: The last part of the page's path.
    init(_ alias: String, page: String, session: Session) {
        self.alias = alias
        connectionPath = SettingsPath.connection(alias)
        path = "\(connectionPath)/\(page)"
        formToken = session.formToken
    }
}
