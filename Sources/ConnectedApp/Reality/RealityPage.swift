/// The manual's page about the reality check, generated from the questions.
enum RealityPage {
    /// Markdown.
    static var text: String {
        let rows = RealityQuestion.allCases.map { question in
            "| `\(question.rawValue)` | \(question.asks) | \(question.signIns) | \(question.changes) |"
        }
        return """
            # Reality check

            The authors of aprity have no Salesforce org. What aprity knows about Salesforce comes from documentation and from \
            other people's reports. Where these leave open how an org behaves, the embedded org has a switch between the \
            possible behaviours. If you have an org (a free Developer Edition is enough), aprity can ask it:

            ```sh
            aprity reality-check acme --list                  # shows the questions and how many sign-ins each needs
            aprity reality-check acme --out reality.json      # asks you before each question
            ```

            The check signs in and reads; **it changes nothing in the org**. Some sign-ins fail on purpose, and all of them count in \
            the [budget](block.md). The connection must work first: run `aprity test acme`.

            The file with the answers, `reality.json`, contains no user, org, host or key. Its member `simulator` is a document \
            for the embedded org's `PATCH /state`: with it, the embedded org answers as your org did. If you send the \
            file to the project, its tests can use it.

            ## Questions, and what each answer can change in aprity

            | question | asks | sign-ins | can change in aprity |
            |---|---|---|---|
            \(rows.joined(separator: "\n"))

            ## What is not asked

            The check does not ask what would need a change in the org or a second user:

            - with which texts the org refuses a blocked app, an inactive or frozen user, a sign-in outside Login IP Ranges or \
            login hours, an uninstalled app, or a session that does not meet a high assurance policy;
            - whether the org refuses an expired certificate;
            - how long a change takes to spread; `aprity test acme --changed` measures that for your org.

            It does not test the login rate limit either, because that would lock out all other programs that \
            sign in as the same user.

            """
    }
}
