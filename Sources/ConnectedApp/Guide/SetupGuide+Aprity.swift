/// Steps that are done in aprity.
extension SetupGuide {
    static func downloading(_ subject: GuidedApp) -> GuideStep {
        switch subject.reader {
        case .commandLine:
            .command("Run `aprity certificate download \(subject.alias)` and note the SHA-256 that it shows.")
        case .settingsPage:
            .command("Click Download certificate on this connection's page and note the SHA-256 that the page shows.")
        }
    }

    /// Returns the step that warns of uploading the certificate that a rotation replaces; empty if none does.
    static func warningOfRotation(_ subject: GuidedApp) -> [GuideStep] {
        subject.isCertificateBeingReplaced
            ? [.note(CertificateBeingReplaced(alias: subject.alias).sentence(for: subject.reader))] : []
    }

    /// Returns the step that names the tasks after the app's creation.
    static func nextTasks(_ subject: GuidedApp) -> GuideStep {
        switch subject.reader {
        case .commandLine:
            .command(
                "Continue with `aprity app guide \(subject.alias) --task preauthorize`, then `--task consumer-key`.")
        case .settingsPage:
            .command("Continue below with \(SetupTask.preauthorize.title), then \(SetupTask.consumerKey.title).")
        }
    }

    static func block(_ subject: GuidedApp) -> GuideStep {
        let text =
            switch subject.reader {
            case .commandLine:
                "Run `aprity block \(subject.alias) --reason TEXT` too, so that the app is blocked in both places."
            case .settingsPage:
                "Choose Block this app on this connection's page too, so that the app is blocked in both places."
            }
        return .command(text, .block)
    }

    /// Returns the step that unblocks the app in aprity; empty if it is not blocked there.
    static func unblock(_ subject: GuidedApp) -> [GuideStep] {
        guard subject.isBlocked != false else { return [] }
        let isKnown = subject.isBlocked != nil
        let text =
            switch subject.reader {
            case .commandLine:
                (isKnown ? "Run" : "If the app is blocked in aprity too, run")
                    + " `aprity unblock \(subject.alias)`, which tests the connection first."
            case .settingsPage:
                (isKnown ? "Click" : "If the app is blocked in aprity too, click")
                    + " Test and unblock on this connection's page."
            }
        return [.command(text, .unblock)]
    }

    static func startRotation(_ subject: GuidedApp) -> GuideStep {
        let start =
            switch subject.reader {
            case .commandLine: "Run `aprity rotate start \(subject.alias)`, which makes the next key and certificate."
            case .settingsPage:
                "Click Make the next certificate on this connection's rotation page, which makes the next key and "
                    + "certificate."
            }
        return .command(
            start + " From then on, aprity uses both keys, so the upload below interrupts no job.", .startRotation)
    }

    static func downloadNext(_ subject: GuidedApp) -> GuideStep {
        let file = subject.nextCertificateFile
        let text =
            switch subject.reader {
            case .commandLine:
                "Run `aprity certificate download \(subject.alias) --next`, which writes \(file), and note the SHA-256 that it "
                    + "shows."
            case .settingsPage:
                "Click Download the \(subject.isRolledBack ? "former" : "next") certificate on this connection's rotation page, which saves \(file), and note the "
                    + "SHA-256 that the page shows."
            }
        return .command(text, .downloadNext)
    }

    static func confirmUpload(_ subject: GuidedApp) -> GuideStep {
        let confirm =
            switch subject.reader {
            case .commandLine: "Run `aprity rotate uploaded \(subject.alias)`."
            case .settingsPage: "Click I uploaded it on this connection's rotation page."
            }
        return .command(
            confirm + " aprity then checks more often how many of Salesforce's servers have the certificate.",
            .confirmUpload)
    }
}
