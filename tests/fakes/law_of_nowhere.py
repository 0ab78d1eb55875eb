"""A law that doesn't exist, with everything that a record can say."""

LAW = """
id: us-zz
title: A law of nowhere
citation: ZZ Code § 1
jurisdiction: US-ZZ
zone: America/New_York
calendar: us
confidence: high
verified: true
read_by: nobody
checked: "2026-11-21"
sources: [none]
reach: {territory: [US-ZZ]}
binds: {citation: § 1(a), when: {always: true}}
trigger:
  citation: § 1(b)
  says: acquisition of name and number
  when:
    all:
      - {fact: breach.event.acquired, is: yes}
      - {elements: {all_of: [name], any_of: [ssn, fin_account_with_code]}}
judgements:
  harm: {citation: § 1(h), question: Is harm likely?, values: [no_harm_likely, harm_likely]}
exits:
  - id: encryption
    kind: encryption
    citation: § 1(c)
    waives: [all]
    when: {all: [{fact: breach.protection.unintelligible, is: yes}, {fact: breach.protection.key_compromised, is: no}]}
  - id: no_harm
    kind: harm
    citation: § 1(h)
    waives: [individuals]
    side: keep for five years
    when: {all: [{judge: harm, is: no_harm_likely}, {judge: harm, consulted: [law_enforcement]}]}
duties:
  - id: individuals
    audience: individuals
    recipient: residents
    citation: § 1(d)
    bound: {fact: entity.role, is: [controller, joint_controller]}
    clocks: [{citation: § 1(d), days: 30, starts: [{fact: clocks.discovered_at}]}]
    channels: [{medium: letter}, {medium: email_consent}]
    substitute:
      citation: § 1(e)
      when: {any: [{fact: notice.cost_usd, over: 250000}, {count: {of: notified, over: 1000}}]}
      components: [website]
    content:
      citation: § 1(f)
      require: [what_happened, {code: cra_contacts, when: {elements: {any_of: [ssn]}}}]
      forbid: [number_of_residents]
      headings: [What Happened]
    hold: {citation: § 1(g), written: required, oral_days: 30}
  - id: regulator
    audience: regulator
    recipient: zz_attorney_general
    citation: § 2
    follows: individuals
    sequence: not_later_than_individuals
    threshold: {citation: § 2, when: {count: {of: reached, over: 500}}}
    clocks:
      - {citation: § 2, with_duty: individuals}
      - {citation: § 2, business_days: 14, starts: [{fact: clocks.discovered_at}]}
  - id: sample
    audience: regulator
    recipient: zz_clerk
    citation: § 3
    follows: individuals
    sequence: after_individuals
    clocks: [{citation: § 3, days: 15, starts: [{fact: clocks.individuals_notified_at}]}]
  - id: owner
    audience: owner
    recipient: owner
    citation: § 4
    bound: {fact: entity.role, is: [processor, holder]}
    clocks: [{citation: § 4, no_number: true, starts: [{fact: clocks.discovered_at}]}]
recipients:
  zz_attorney_general: {name: Attorney General of Nowhere, jurisdiction: US-ZZ}
"""
