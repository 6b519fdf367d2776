# Trang trợ giúp: mỗi việc làm thế nào.
help = Trợ giúp
help-lead = Mỗi việc vài bước. Làm sai cũng không sao: trang nào cũng báo trước khi phát, và lịch phát hủy được.
help-jobs = Chọn việc
help-others = Việc của người khác
help-where = Xem cách làm

help-record = Thu tiếng và gửi duyệt
help-record-1 = Bấm “Soạn bản tin”, ghi tiêu đề và lời đọc rồi lưu. Bản tin có hạn: hết hạn thì loa không phát nữa.
help-record-2 = Ở từng ngôn ngữ bấm “Ghi âm”, đợi đếm ngược xong rồi đọc. Giữ máy cách miệng một gang tay, ở nơi yên tĩnh.
help-record-3 = Nghe lại. Trang cho biết tiếng có quá nhỏ, quá to hay ồn không; chưa được thì ghi lại.
help-record-4 = Bấm gửi. Mất mạng cũng không mất bản ghi: mở lại trang này trên cùng máy là gửi tiếp được.
help-record-5 = Khi đã đủ các ngôn ngữ, bấm “Gửi duyệt”. Bị trả lại thì xem lý do ở trang chính, sửa rồi gửi lại.

help-approve = Nghe và duyệt bản tin
help-approve-1 = Trang chính liệt kê những bản tin chờ bạn duyệt. Mở từng bản.
help-approve-2 = Nghe hết từng ngôn ngữ và đọc lời ghi kèm. Điều bạn nghe chính là điều loa sẽ phát.
help-approve-3 = Đúng thì bấm duyệt. Chưa đúng thì trả lại và ghi lý do để người viết biết phải sửa gì.
help-approve-4 = Duyệt nhầm thì thu hồi: bản tin dừng ở mọi nơi, kể cả khi đang phát.

help-schedule = Chọn giờ phát
help-schedule-1 = Mở bản tin đã duyệt và chọn giờ: tối nay, sáng mai, hằng ngày, hoặc ngày giờ khác.
help-schedule-2 = Chọn thôn. Thôn nào không được chọn thì không nghe.
help-schedule-3 = Xem trước: trang cho biết thôn nào nghe lúc nào, có trùng lịch khác hay rơi vào giờ yên lặng không.
help-schedule-4 = Bấm lưu. Lịch tự đến máy ở thôn; đến giờ loa tự phát, cả khi lúc đó mất mạng.
help-schedule-5 = Hôm sau xem nhật ký phát sóng, và báo lại ở thôn nghe rõ hay không.

help-emergency = Phát khẩn cấp
help-emergency-1 = Chỉ dùng khi phải báo ngay: lũ, cháy, tìm người. Loa phát cả trong giờ yên lặng.
help-emergency-2 = Đặt mã PIN của bạn trước, ở trang tài khoản. Lúc gấp không có thời gian nghĩ mã.
help-emergency-3 = Chọn bản tin đã duyệt, chọn thôn, ghi lý do rồi xem trước những thôn sẽ phát.
help-emergency-4 = Gõ mã PIN và bấm phát ngay. Trang cho biết từng thôn đã nhận, đang phát hay đã phát xong.
help-emergency-5 = Hết việc thì bấm hủy: loa dừng ở mọi thôn. Nên tập dượt trước bằng ô “Đây là diễn tập”.

help-at-pc = Ở máy tại thôn
help-at-pc-1 = Màn hình cho biết loa đang phát gì, sắp phát gì và lúc nào.
help-at-pc-2 = Nút DỪNG tắt tiếng ngay; ai đứng ở máy cũng bấm được.
help-at-pc-3 = Nút KHẨN CẤP phát bản tin để sẵn bằng mã PIN của bạn, kể cả khi mất mạng.
help-at-pc-4 = Máy hỏi giờ thì so với đồng hồ đúng rồi mới xác nhận: chưa biết chắc giờ, loa không tự phát.

help-lights = Màu của các trạm nghĩa là gì
help-lights-1 = Xanh, có dấu tích: mọi thứ ổn, đến giờ loa sẽ phát.
help-lights-2 = Vàng, có dấu chấm than: cần để ý, ví dụ trạm mất mạng hay đang tải bản ghi. Loa có thể vẫn phát.
help-lights-3 = Đỏ, có dấu nhân: loa sẽ không phát hoặc không ai nghe được. Mở trạm ra xem lý do và việc cần làm.
help-lights-4 = Mất mạng không có nghĩa là im lặng: trạm phát những gì đã tải, rồi báo lại khi có mạng.

help-keep = Thêm người và trạm
help-keep-1 = Thêm địa bàn trước, rồi thêm người với đúng vai trò và đúng thôn của họ.
help-keep-2 = Mật khẩu đầu tiên chỉ hiện một lần. Đưa tận tay; lần đầu đăng nhập họ nên đổi.
help-keep-3 = Thêm trạm cho mỗi thôn, lấy mã cài đặt và gõ mã ấy ở máy tại thôn.
help-keep-4 = Máy hỏng thì cấp mã mới cho đúng trạm đó: máy mới thay máy cũ, nhật ký vẫn liền.
