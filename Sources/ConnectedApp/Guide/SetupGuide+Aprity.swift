/// The steps that are done in aprity.
extension SetupGuide {
    static func downloading(_ subject: SetupSubject) -> GuideStep {
        switch subject.reader {
        case .commandLine: .command("`aprity certificate download \(subject.alias)`; note the SHA-256 that it shows")
        case .settingsPage: .command("Download certificate, on this connection's page; note the SHA-256 that it shows")
        }
    }

    /// The tasks that follow the app's creation.
    static func goingOn(_ subject: SetupSubject) -> GuideStep {
        switch subject.reader {
        case .commandLine:
            .command("Go on with `aprity app guide \(subject.alias) --task preauthorize`, then `--task consumer-key`")
        case .settingsPage:
            .command("Go on with \(SetupTask.preauthorize.title), then \(SetupTask.consumerKey.title), below")
        }
    }

    static func block(_ subject: SetupSubject) -> GuideStep {
        let text =
            switch subject.reader {
            case .commandLine: "In aprity: `aprity block \(subject.alias) --reason TEXT`; do both"
            case .settingsPage: "In aprity: Block this app, on this connection's page; do both"
            }
        return .command(text, .block)
    }

    /// Empty if aprity does not block the app: there is nothing to unblock then.
    static func unblock(_ subject: SetupSubject) -> [GuideStep] {
        guard subject.isBlocked != false else { return [] }
        let place = subject.isBlocked == nil ? "If it is blocked in aprity too" : "In aprity"
        let text =
            switch subject.reader {
            case .commandLine: "`aprity unblock \(subject.alias)`, which tests first"
            case .settingsPage: "Test and unblock, on this connection's page"
            }
        return [.command("\(place): \(text)", .unblock)]
    }

    static func startRotation(_ subject: SetupSubject) -> GuideStep {
        let start =
            switch subject.reader {
            case .commandLine: "`aprity rotate start \(subject.alias)` makes the next key and certificate"
            case .settingsPage:
                "Make the next certificate, on this connection's rotation page, makes the next key and certificate"
            }
        return .command(
            start + "; from then on both keys are in use, so the upload below interrupts nobody", .startRotation)
    }

    static func downloadNext(_ subject: SetupSubject) -> GuideStep {
        let file = subject.nextCertificateFile
        let text =
            switch subject.reader {
            case .commandLine:
                "`aprity certificate download \(subject.alias) --next` writes \(file); note the SHA-256 that it shows"
            case .settingsPage:
                "Download the next certificate, on this connection's rotation page: \(file); note the SHA-256 that the "
                    + "page shows"
            }
        return .command(text, .downloadNext)
    }

    static func confirmUpload(_ subject: SetupSubject) -> GuideStep {
        let confirm =
            switch subject.reader {
            case .commandLine: "`aprity rotate uploaded \(subject.alias)`"
            case .settingsPage: "I uploaded it, on this connection's rotation page,"
            }
        return .command(confirm + " follows the change until the answers agree", .confirmUpload)
    }
}
