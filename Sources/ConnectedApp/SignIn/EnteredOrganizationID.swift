internal import JWTBearer

extension OrganizationID {
    /// Reads an org id that a person entered. Blanks around it are ignored.
    ///
    /// - Throws: ``ConnectedAppError`` with `.usage`. The detail says whether only the last three of 18 characters are wrong.
    init(entered text: String) throws(ConnectedAppError) {
        let entered = text.trimmingPasteArtifacts
        if let id = OrganizationID(entered) {
            self = id
            return
        }
        let isOnlyEndWrong = entered.utf8.count == 18 && OrganizationID(String(entered.prefix(15))) != nil
        throw ConnectedAppError(
            .usage, subject: String(entered.prefix(40)),
            detail: isOnlyEndWrong
                ? "The last three characters of this org id do not fit the first 15, so at least one of the 18 is wrong. "
                    + "Setup shows the org id under Company Information."
                : "An org id has 15 or 18 characters and begins with 00D. Setup shows it under Company Information.")
    }
}
