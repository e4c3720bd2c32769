<?php

declare(strict_types=1);

/* Composer's autoloader where there is one, else the packages of Debian and the sources beside. */
if (is_file(__DIR__ . '/vendor/autoload.php')) {
    require __DIR__ . '/vendor/autoload.php';
} else {
    require '/usr/share/php/Nyholm/Psr7/autoload.php';
    require __DIR__ . '/../../../sdk/php/autoload.php';
}
