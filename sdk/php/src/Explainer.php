<?php

declare(strict_types=1);

namespace Malote\Receiver;

/** Finds the mistake that would explain a wrong signature, by trying each. */
final class Explainer
{
    public function __construct(private readonly Profile $profile)
    {
    }

    public function explain(
        Headers $headers,
        string $body,
        #[\SensitiveParameter] string $secret,
        int $now,
    ): string {
        $verdict = $this->tryOne($this->profile, $headers, $body, $secret);
        if ($verdict instanceof Verified) {
            return 'The signature is right.' . $this->describeClock($this->profile, $headers, $now);
        }
        foreach ($this->profiles() as $profileNote => $profile) {
            foreach (self::secrets($secret) as $secretNote => $changedSecret) {
                foreach (self::bodies($body) as $bodyNote => $changedBody) {
                    $again = $this->tryOne($profile, $headers, $changedBody, $changedSecret);
                    if ($again instanceof Verified) {
                        $notes = [$profileNote, $secretNote, $bodyNote];
                        return 'The signature would be right with '
                            . implode(', and ', array_filter($notes)) . '.'
                            . $this->describeClock($profile, $headers, $now);
                    }
                }
            }
        }
        $reason = is_string($verdict) ? $verdict : "{$verdict->code->value}: $verdict->hint";
        return "No usual mistake explains it ($reason). Most likely the secret is another one.";
    }

    private function tryOne(
        Profile $profile,
        Headers $headers,
        string $body,
        #[\SensitiveParameter] string $secret,
    ): Verified|Refusal|string {
        try {
            $key = Secret::read($secret, $profile->secretEncoding);
        } catch (ConfigError $error) {
            return $error->getMessage();
        }
        return (new Verifier($profile, null))->verify($headers, $body, [$key], 0);
    }

    /** @return \Generator<string, Profile> by what was changed; '' for nothing */
    private function profiles(): \Generator
    {
        foreach (['' => $this->profile] + $this->otherProfiles() as $note => $profile) {
            yield $note => $profile;
            foreach (self::changes($profile) as $change => $members) {
                yield ($note === '' ? $change : "$note, and $change") => $profile->with($members);
            }
        }
    }

    /** @return array<string, array<string, string>> members to change, by what that means */
    private static function changes(Profile $profile): array
    {
        $encoding = $profile->encoding === 'hex' ? 'base64' : 'hex';
        $changes = ["the signature in $encoding" => ['encoding' => $encoding]];
        $readings = ['utf8', 'whsec-base64', 'hex'];
        foreach (array_diff($readings, [$profile->secretEncoding]) as $reading) {
            $changes["the secret read as $reading"] = ['secret_encoding' => $reading];
        }
        if ($profile->headerFormat === 'bare' && $profile->prefix === '') {
            $changes['the prefix sha256='] = ['prefix' => 'sha256='];
        }
        return $changes;
    }

    /** @return array<string, Profile> */
    private function otherProfiles(): array
    {
        $others = [];
        foreach (array_keys(Catalogue::PROFILES) as $name) {
            if ($name !== $this->profile->name) {
                $others["the scheme $name"] = Profile::named($name);
            }
        }
        return $others;
    }

    /** @return array<string, string> */
    private static function secrets(#[\SensitiveParameter] string $secret): array
    {
        $secrets = ['' => $secret];
        if (trim($secret) !== $secret) {
            $secrets['the white space around the secret removed'] = trim($secret);
        }
        if (str_starts_with($secret, 'v1,')) {
            $secrets['the "v1," before the secret removed'] = substr($secret, 3);
        }
        return $secrets;
    }

    /** @return array<string, string> */
    private static function bodies(string $body): array
    {
        return [
            '' => $body,
            'a newline after the body' => "$body\n",
            'the newline at the end of the body removed' => rtrim($body, "\r\n"),
        ];
    }

    private function describeClock(Profile $profile, Headers $headers, int $now): string
    {
        if (!$profile->hasTimestamp) {
            return '';
        }
        $text = $headers->first($profile->timestampHeader ?? $profile->signatureHeader);
        if ($profile->timestampHeader === null) {
            $text = preg_match('/(?:^|[ ,])t=(\d+)/', $text, $part) === 1 ? $part[1] : '';
        }
        $time = Timestamp::parse($text, $profile->timestampFormat);
        if ($time === null) {
            return '';
        }
        $age = $now - $time;
        return $age >= 0
            ? " Its time is $age s before your clock's."
            : ' Its time is ' . -$age . " s after your clock's.";
    }
}
