<?php

declare(strict_types=1);

namespace Malote\Receiver;

/** Times as senders write them, read strictly. */
final class Timestamp
{
    private const RFC3339 =
        '/^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:Z|([+-])(\d\d):(\d\d))$/D';

    /** Unix seconds, fractions dropped; null if the text is not of the format (unix, rfc3339) */
    public static function parse(string $text, string $format): ?int
    {
        if ($format === 'unix') {
            return preg_match('/^[0-9]{1,15}$/D', $text) === 1 ? (int) $text : null;
        }
        if (preg_match(self::RFC3339, $text, $part) !== 1) {
            return null;
        }
        [, $year, $month, $day, $hour, $minute, $second] = array_map('intval', $part);
        if (!checkdate($month, $day, $year) || $hour > 23 || $minute > 59 || $second > 59) {
            return null;
        }
        $offset = 0;
        if (isset($part[7])) {
            if ((int) $part[8] > 23 || (int) $part[9] > 59) {
                return null;
            }
            $offset = ((int) $part[8] * 60 + (int) $part[9]) * ($part[7] === '-' ? -60 : 60);
        }
        return gmmktime($hour, $minute, $second, $month, $day, $year) - $offset;
    }

    public static function format(int $time, string $format): string
    {
        return $format === 'unix' ? (string) $time : gmdate('Y-m-d\TH:i:s\Z', $time);
    }
}
